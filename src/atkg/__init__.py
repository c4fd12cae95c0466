"""atkg: the action plans against human trafficking as one knowledge graph."""
