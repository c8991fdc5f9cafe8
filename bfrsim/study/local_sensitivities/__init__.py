"""Local sensitivities: how far an outcome moves if one constant, input or quantity of the protocol moves a little."""
