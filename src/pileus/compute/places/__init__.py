"""Where servers may be: hosts as hypervisors and services, their zones and aggregates, and what they have to give."""
