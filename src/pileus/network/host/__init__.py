"""The part of the network service that runs on hosts: bridges, taps, DHCP, security groups and NAT."""
