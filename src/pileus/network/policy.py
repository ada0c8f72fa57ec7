"""Who may do what in the Networking API, by the published rule names."""

from __future__ import annotations

ADMIN = "rule:admin_only"
MEMBER = "(rule:admin_only) or (role:member and project_id:%(project_id)s)"
READER = "(rule:admin_only) or (role:reader and project_id:%(project_id)s)"
SERVICE = "(rule:admin_only) or (rule:service_api)"
NETWORK_MEMBER = "(rule:admin_only) or (role:member and rule:network_owner)"
NETWORK_SERVICE = "(rule:admin_only) or (rule:service_api) or role:member and rule:network_owner"
PAIRS = "(rule:admin_only) or (role:member and rule:network_owner) or rule:service_api"
PORT_MEMBER = f"{MEMBER} or rule:service_api"
PORT_TAGS = f"{MEMBER} or rule:context_is_advsvc"
SUBNET_MEMBER = "role:member and project_id:%(project_id)s or (rule:admin_only) or (role:member and rule:network_owner)"
SUBNET_READER = (
    "role:reader and project_id:%(project_id)s or rule:shared or rule:external_network"
    " or (rule:admin_only) or (role:reader and rule:network_owner)"
)
GROUP_READER = f"{READER} or rule:shared_security_group"
POOL_READER = f"{READER} or rule:shared_subnetpools"
OWN_DEVICE = f"not rule:network_device or {NETWORK_SERVICE}"
DELETE_PORT = (
    "(rule:admin_only) or (rule:service_api)"
    " or (service_roles:service and (role:member and rule:network_owner or role:member and project_id:%(project_id)s))"
    " or (not rule:compute_device and not rule:baremetal_device and not rule:manila_device"
    " and (role:member and rule:network_owner or role:member and project_id:%(project_id)s))"
)

PERSONAS = {
    "context_is_admin": "role:admin",
    "service_api": "role:service",
    "context_is_advsvc": "role:advsvc",
    "admin_only": "rule:context_is_admin",
    "owner": "project_id:%(project_id)s",
    "admin_or_owner": "rule:context_is_admin or rule:owner",
    "network_owner": "project_id:%(network:project_id)s",
    "sg_owner": "project_id:%(security_group:project_id)s",
    "shared": "field:networks:shared=True",
    "external": "field:networks:router:external=True",
    "external_network": "field:subnets:router:external=True",
    "shared_subnetpools": "field:subnetpools:shared=True",
    "shared_security_group": "field:security_groups:shared=True",
    "network_device": "field:port:device_owner=~^network:",
    "compute_device": "field:port:device_owner=~^compute:",
    "baremetal_device": "field:port:device_owner=~^baremetal:",
    "manila_device": "field:port:device_owner=~^manila:",
    "default": "rule:admin_or_owner",
}

NETWORKS = {
    "create_network": MEMBER,
    "create_network:shared": ADMIN,
    "create_network:router:external": ADMIN,
    "create_network:port_security_enabled": MEMBER,
    "create_network:provider:network_type": ADMIN,
    "create_network:provider:physical_network": ADMIN,
    "create_network:tags": MEMBER,
    "get_network": f"{READER} or rule:service_api or rule:shared or rule:external or rule:context_is_advsvc",
    "get_network:provider:network_type": ADMIN,
    "get_network:provider:physical_network": ADMIN,
    "get_network:provider:segmentation_id": ADMIN,
    "get_network:tags": f"{READER} or rule:shared or rule:external or rule:context_is_advsvc",
    "update_network": MEMBER,
    "update_network:shared": ADMIN,
    "update_network:router:external": ADMIN,
    "update_network:port_security_enabled": MEMBER,
    "update_network:tags": MEMBER,
    "delete_network": MEMBER,
    "delete_network:tags": MEMBER,
}

SUBNETS = {
    "create_subnet": NETWORK_MEMBER,
    "create_subnet:tags": SUBNET_MEMBER,
    "get_subnet": f"{SUBNET_READER} or rule:service_api",
    "get_subnet:tags": SUBNET_READER,
    "update_subnet": SUBNET_MEMBER,
    "update_subnet:tags": SUBNET_MEMBER,
    "delete_subnet": SUBNET_MEMBER,
    "delete_subnet:tags": SUBNET_MEMBER,
    "create_subnetpool": MEMBER,
    "create_subnetpool:shared": ADMIN,
    "create_subnetpool:is_default": ADMIN,
    "create_subnetpool:tags": MEMBER,
    "get_subnetpool": POOL_READER,
    "get_subnetpool:tags": POOL_READER,
    "update_subnetpool": MEMBER,
    "update_subnetpool:is_default": ADMIN,
    "update_subnetpool:tags": MEMBER,
    "delete_subnetpool": MEMBER,
    "delete_subnetpool:tags": MEMBER,
}

PORTS = {
    "create_port": f"{NETWORK_SERVICE} or rule:shared",
    "create_port:device_id": PORT_MEMBER,
    "create_port:device_owner": OWN_DEVICE,
    "create_port:mac_address": NETWORK_SERVICE,
    "create_port:fixed_ips": f"{NETWORK_SERVICE} or rule:shared",
    "create_port:fixed_ips:ip_address": NETWORK_SERVICE,
    "create_port:fixed_ips:subnet_id": f"{NETWORK_SERVICE} or rule:shared",
    "create_port:port_security_enabled": NETWORK_SERVICE,
    "create_port:binding:host_id": SERVICE,
    "create_port:binding:profile": "rule:service_api",
    "create_port:binding:vnic_type": PORT_MEMBER,
    "create_port:allowed_address_pairs": PAIRS,
    "create_port:tags": PORT_TAGS,
    "get_port": f"{SERVICE} or role:reader and rule:network_owner or role:reader and project_id:%(project_id)s",
    "get_port:binding:vif_type": SERVICE,
    "get_port:binding:vif_details": SERVICE,
    "get_port:binding:host_id": SERVICE,
    "get_port:binding:profile": SERVICE,
    "get_port:tags": (
        "rule:context_is_advsvc or (rule:admin_only) or (role:reader and rule:network_owner)"
        " or role:reader and project_id:%(project_id)s"
    ),
    "update_port": f"{SERVICE} or role:member and project_id:%(project_id)s",
    "update_port:device_id": PORT_MEMBER,
    "update_port:device_owner": OWN_DEVICE,
    "update_port:mac_address": f"{SERVICE} or role:manager and rule:network_owner",
    "update_port:fixed_ips": NETWORK_SERVICE,
    "update_port:fixed_ips:ip_address": NETWORK_SERVICE,
    "update_port:fixed_ips:subnet_id": f"{NETWORK_SERVICE} or rule:shared",
    "update_port:port_security_enabled": NETWORK_SERVICE,
    "update_port:binding:host_id": SERVICE,
    "update_port:binding:profile": "rule:service_api",
    "update_port:binding:vnic_type": PORT_MEMBER,
    "update_port:allowed_address_pairs": PAIRS,
    "update_port:tags": PORT_TAGS,
    "delete_port": DELETE_PORT,
    "delete_port:tags": (
        "rule:context_is_advsvc or role:member and project_id:%(project_id)s"
        " or (rule:admin_only) or (role:member and rule:network_owner)"
    ),
}

SECURITY_GROUPS = {
    "create_default_security_group": f"{SERVICE} or role:reader and project_id:%(project_id)s",
    "create_security_group": MEMBER,
    "create_security_group:tags": MEMBER,
    "get_security_group": GROUP_READER,
    "get_security_group:tags": GROUP_READER,
    "update_security_group": MEMBER,
    "update_security_group:tags": MEMBER,
    "delete_security_group": MEMBER,
    "delete_security_group:tags": MEMBER,
    "create_security_group_rule": "(rule:admin_only) or (role:member and rule:sg_owner)",
    "get_security_group_rule": "(rule:admin_only) or (role:reader and rule:sg_owner)",
    "delete_security_group_rule": "(rule:admin_only) or (role:member and rule:sg_owner)",
}

CLOUD = {
    "get_quota": "(rule:admin_only) or (role:manager and project_id:%(project_id)s)",
    "update_quota": ADMIN,
    "delete_quota": ADMIN,
    "get_agent": ADMIN,
    "get_availability_zone": "role:reader",
}

RULES = PERSONAS | NETWORKS | SUBNETS | PORTS | SECURITY_GROUPS | CLOUD
