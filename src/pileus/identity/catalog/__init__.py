"""The catalogue: which services there are, in which regions, at which addresses, and for which projects."""
