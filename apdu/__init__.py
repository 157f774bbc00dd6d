"""Talk to a chip: ISO/IEC 7816-4, ICAO Doc 9303 and BSI TR-03110, without I/O outside `transports`."""
