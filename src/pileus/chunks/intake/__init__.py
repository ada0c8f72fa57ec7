"""How objects come in: cut here from their bytes (`upload`), or as chunks (`parcel`, which travels as `records`)."""
