"""Talk to a chip: ISO/IEC 7816-4, ICAO 9303, TR-03110; no I/O outside `transports`."""
