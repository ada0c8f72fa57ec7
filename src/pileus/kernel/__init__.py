"""What every room stands on: wire, rules, store and long work; it knows no resource."""
