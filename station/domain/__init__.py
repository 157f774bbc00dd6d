"""Cases, identities and credentials: values and pure functions, standard library only."""
