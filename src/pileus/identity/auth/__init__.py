"""Who is it, and what may it act on: methods of proof, scopes, tokens, and the callers worked out from them."""
