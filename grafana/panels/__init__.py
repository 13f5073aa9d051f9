"""The building blocks of the dashboards: panels, charts, maps, variables, and the Flux behind them."""
