"""What carries raw APDUs: readers, virtual cards, recordings; the only input and output here."""
