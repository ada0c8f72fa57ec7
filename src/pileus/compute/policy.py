"""Who may do what in the Compute API, by the published rule names."""

from __future__ import annotations

ADMIN = "rule:context_is_admin"
MANAGER = "rule:project_manager_or_admin"
MEMBER = "rule:project_member_or_admin"
READER = "rule:project_reader_or_admin"
OWN_KEYS = "(rule:context_is_admin) or user_id:%(user_id)s"

PERSONAS = {
    "context_is_admin": "role:admin",
    "admin_or_owner": "is_admin:True or project_id:%(project_id)s",
    "admin_api": "is_admin:True",
    "project_manager_api": "role:manager and project_id:%(project_id)s",
    "project_member_api": "role:member and project_id:%(project_id)s",
    "project_reader_api": "role:reader and project_id:%(project_id)s",
    "service_api": "role:service",
    "project_manager_or_admin": "rule:project_manager_api or rule:context_is_admin",
    "project_member_or_admin": "rule:project_member_api or rule:context_is_admin",
    "project_reader_or_admin": "rule:project_reader_api or rule:context_is_admin",
    "service_or_admin": "rule:service_api or rule:context_is_admin",
}

RULES = PERSONAS | {
    "os_compute_api:os-keypairs:index": OWN_KEYS,
    "os_compute_api:os-keypairs:create": OWN_KEYS,
    "os_compute_api:os-keypairs:delete": OWN_KEYS,
    "os_compute_api:os-keypairs:show": OWN_KEYS,
}
