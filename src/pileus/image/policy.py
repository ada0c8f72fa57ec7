"""Who may do what in the Image API, by the published rule names."""

from __future__ import annotations

ADMIN = "rule:context_is_admin"
OWNER = "rule:context_is_admin or (role:member and project_id:%(project_id)s)"
SHARED = (
    "project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s"
    " or 'public':%(visibility)s or 'shared':%(visibility)s"
)
READS_MEMBERS = "rule:context_is_admin or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)"

RULES = {
    "default": "",
    "context_is_admin": "role:admin",
    "service_api": "role:service or role:admin",
    "add_image": "rule:context_is_admin or (role:member and project_id:%(project_id)s and project_id:%(owner)s)",
    "delete_image": OWNER,
    "get_image": f"rule:context_is_admin or (role:reader and ({SHARED}))",
    "get_images": "rule:context_is_admin or (role:reader and project_id:%(project_id)s)",
    "modify_image": OWNER,
    "publicize_image": ADMIN,
    "communitize_image": OWNER,
    "download_image": f"rule:context_is_admin or (role:member and ({SHARED}))",
    "upload_image": OWNER,
    "add_member": OWNER,
    "delete_member": OWNER,
    "get_member": READS_MEMBERS,
    "get_members": READS_MEMBERS,
    "modify_member": "rule:context_is_admin or (role:member and project_id:%(member_id)s)",
    "deactivate": OWNER,
    "reactivate": OWNER,
    "stores_info_detail": "rule:context_is_admin or rule:service_api",
}
