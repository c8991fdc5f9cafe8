"""Vector lanes: one person per SIMD lane, the model and the step loop as LLVM IR."""
