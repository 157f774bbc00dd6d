"""The panel: one page for developers with a virtual card and virtual phones beside the console."""
