"""The resident registration system: in the station's own database, or over HTTP."""
