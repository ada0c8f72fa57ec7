"""Push and pull: images that travel as chunks, of which only those are sent that the other side has not."""
