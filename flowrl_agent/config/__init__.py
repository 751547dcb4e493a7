"""What a training run is told: `schema` names every setting, `mapping` and `toml` read and write them."""
