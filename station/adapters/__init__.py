"""The outside world: database, key file, registry, readers. Plugged in by `station.bootstrap`."""
