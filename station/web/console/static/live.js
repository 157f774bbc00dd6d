// Written with the case pages.
