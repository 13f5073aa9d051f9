"""Files that grow and change: new and changed rows, each sent once, although the files are read again as a whole."""
