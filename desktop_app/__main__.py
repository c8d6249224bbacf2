"""`discern` and `python -m desktop_app`, also of the packaged program, which spawns itself as its worker process."""

import sys


def main() -> int:
    if getattr(sys, "frozen", False):
        import multiprocessing

        # A library may start processes; in a packaged program each would otherwise open another window.
        multiprocessing.freeze_support()
    if sys.argv[1:] == ["--engine"]:
        from desktop_app.engine.child import main as serve

        serve()
        return 0
    try:
        from desktop_app.cli import main as command_line
    except KeyboardInterrupt:
        return 130  # as after any other Ctrl-C

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
