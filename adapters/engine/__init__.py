"""Our own inference path for Llama-type models on the CPU, with many adapters in one batch."""
