"""XBRL as filed: inline documents, instances, linkbases."""
