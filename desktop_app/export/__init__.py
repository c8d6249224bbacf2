"""Writing model packages, each verified on its golden images before it is handed over."""
