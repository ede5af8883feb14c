"""The loop: a question goes in, a footnoted answer comes out."""
