"""Who has which role where: granted directly or by a group, inherited from above, implied by another role."""
