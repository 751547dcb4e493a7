"""FlowRL environments: Gymnasium environments over text with verifiable rewards."""
