"""Snapshots: images made of servers, while they run or not."""
