"""Images on a host: from the cloud or a neighbour, whole or a chunk at a time, and given out to neighbours."""
