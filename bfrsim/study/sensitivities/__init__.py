"""Local sensitivities: by how much an outcome moves if one constant, input or quantity of the protocol moves a little."""
