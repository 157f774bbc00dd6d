"""Who may apply where and since when, as data: the files a station uses unless it has its own."""
