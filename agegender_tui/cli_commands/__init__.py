"""One verb of `agegender-tui` a module: its docstring is its help, with `EXAMPLE`,
`add_arguments(parser)` and `run(options) -> exit code`. Imported only when it is named."""
