"""Who may do what in the Image API, by the published rule names.

Images belong to projects: a token for the whole system is good for none of it, whatever its roles.
"""

from __future__ import annotations

ADMIN = "rule:context_is_admin"
OWNER = "rule:context_is_admin or (role:member and project_id:%(project_id)s)"
OWN = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)"
SHARED = (
    "project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s"
    " or 'public':%(visibility)s or 'shared':%(visibility)s"
)
DOWNLOADS = f"rule:context_is_admin or (role:member and ({SHARED}))"
READS_MEMBERS = "rule:context_is_admin or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)"
DEFINED = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))"
DEFINES = "rule:metadef_admin"

IMAGES = {
    "default": "",
    "context_is_admin": "role:admin and not system_scope:all",
    "service_api": "(role:service or role:admin) and not system_scope:all",
    "add_image": "rule:context_is_admin or (role:member and project_id:%(project_id)s and project_id:%(owner)s)",
    "delete_image": OWNER,
    "get_image": f"rule:context_is_admin or (role:reader and ({SHARED}))",
    "get_images": OWN,
    "modify_image": OWNER,
    "publicize_image": ADMIN,
    "communitize_image": OWNER,
    "download_image": DOWNLOADS,
    "download_from_store": DOWNLOADS,
    "upload_image": OWNER,
    "delete_image_location": ADMIN,
    "get_image_location": OWN,
    "set_image_location": OWNER,
    "add_image_location": "rule:service_api or (role:member and project_id:%(project_id)s and project_id:%(owner)s)",
    "fetch_image_location": "rule:service_api",
    "add_member": OWNER,
    "delete_member": OWNER,
    "get_member": READS_MEMBERS,
    "get_members": READS_MEMBERS,
    "modify_member": "rule:context_is_admin or (role:member and project_id:%(member_id)s)",
    "deactivate": OWNER,
    "reactivate": OWNER,
    "copy_image": ADMIN,
    "stores_info_detail": "rule:context_is_admin or rule:service_api",
}

TASKS = {
    "get_task": "rule:default",
    "get_tasks": "rule:default",
    "add_task": "rule:default",
    "modify_task": "rule:default",
    "tasks_api_access": ADMIN,
}

CACHE = {
    "manage_image_cache": ADMIN,
    "list_cached_nodes": ADMIN,
    "cache_image": ADMIN,
    "cache_list": ADMIN,
    "cache_delete": ADMIN,
    "cache_clean": ADMIN,
    "cache_prune": ADMIN,
}

DEFINITIONS = {
    "metadef_default": "",
    "metadef_admin": ADMIN,
    "get_metadef_namespace": DEFINED,
    "get_metadef_namespaces": OWN,
    "modify_metadef_namespace": DEFINES,
    "add_metadef_namespace": DEFINES,
    "delete_metadef_namespace": DEFINES,
    "get_metadef_object": DEFINED,
    "get_metadef_objects": DEFINED,
    "modify_metadef_object": DEFINES,
    "add_metadef_object": DEFINES,
    "delete_metadef_object": DEFINES,
    "list_metadef_resource_types": DEFINED,
    "get_metadef_resource_type": DEFINED,
    "add_metadef_resource_type_association": DEFINES,
    "remove_metadef_resource_type_association": DEFINES,
    "get_metadef_property": DEFINED,
    "get_metadef_properties": DEFINED,
    "modify_metadef_property": DEFINES,
    "add_metadef_property": DEFINES,
    "remove_metadef_property": DEFINES,
    "get_metadef_tag": DEFINED,
    "get_metadef_tags": DEFINED,
    "modify_metadef_tag": DEFINES,
    "add_metadef_tag": DEFINES,
    "add_metadef_tags": DEFINES,
    "delete_metadef_tag": DEFINES,
    "delete_metadef_tags": DEFINES,
}

OWN_RULES = {"pileus_chunks": ADMIN}
"""Of what only Pileus has: looking after the chunk stores."""

RULES = {**IMAGES, **TASKS, **CACHE, **DEFINITIONS, **OWN_RULES}
