"""What officers and residents see: the console's pages and the display's."""
