"""`python -m desktop_app.engine`: the worker process that `Engine` spawns."""

from desktop_app.engine.child import main

main()
