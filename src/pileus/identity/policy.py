"""Who may do what in the Identity API, by the published rule names.

Rules are grouped by what they ask for.  A caller whose token is scoped to a domain administers that domain
only: rules about the whole deployment are closed to it (`_DEPLOYMENT`).
"""

from __future__ import annotations

PERSONAS = {
    "admin_required": "role:admin or is_admin:1",
    "service_role": "role:service",
    "service_or_admin": "rule:admin_required or rule:service_role",
    "owner": "user_id:%(user_id)s",
    "admin_or_owner": "rule:admin_required or rule:owner",
    "token_subject": "user_id:%(target.token.user_id)s",
    "admin_or_token_subject": "rule:admin_required or rule:token_subject",
    "service_admin_or_token_subject": "rule:service_or_admin or rule:token_subject",
    "domain_managed_target_role": "'manager':%(target.role.name)s or 'member':%(target.role.name)s"
    " or 'reader':%(target.role.name)s",
}

EVERYBODY = ""
ADMIN = "rule:admin_required"
SYSTEM_READER = "role:reader and system_scope:all"
AUDITOR = f"rule:admin_required or ({SYSTEM_READER})"


def _in_domain(role: str, *targets: str) -> str:
    """A role in the very domain that all the targets belong to."""
    return f"(role:{role} and {' and '.join(f'domain_id:%(target.{target})s' for target in targets)})"


def _granting(role: str) -> str:
    """A role in the domain of the user or group, and of the project or domain, that a grant joins."""
    pairs = [
        (actor, scope)
        for actor in ("user.domain_id", "group.domain_id")
        for scope in ("project.domain_id", "domain.id")
    ]
    return "(" + " or ".join(_in_domain(role, actor, scope) for actor, scope in pairs) + ")"


_ROLE_OF_DOMAIN = "(domain_id:%(target.role.domain_id)s or None:%(target.role.domain_id)s)"
_CREDENTIAL_OWNER = "user_id:%(target.credential.user_id)s"
_TRUSTOR, _TRUSTEE = "user_id:%(target.trust.trustor_user_id)s", "user_id:%(target.trust.trustee_user_id)s"
_OF_PROJECT = "domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s"
_OF_USER = "token.domain.id:%(target.user.domain_id)s"
_OF_LIST = "domain_id:%(target.domain_id)s"

_ANY_SCOPE = {
    EVERYBODY: """get_auth_catalog get_auth_projects get_auth_domains get_auth_system list_projects_for_user
        list_domains_for_user get_region list_regions get_security_compliance_domain_config get_limit_model list_limits
        list_registered_limits get_registered_limit""",
    f"{ADMIN} or (role:manager and {_OF_PROJECT})": """create_project update_project delete_project
        update_project_tags create_project_tag delete_project_tags delete_project_tag""",
    f"{AUDITOR} or (role:reader and {_OF_PROJECT}) or project_id:%(target.project.id)s": """get_project
        list_project_tags get_project_tag""",
    f"{AUDITOR} or (role:reader and {_OF_LIST})": "list_projects list_users",
    f"{AUDITOR} or (role:reader and {_OF_LIST} and not None:%(target.domain_id)s)": """list_role_assignments
        list_role_assignments_for_tree""",
    f"{AUDITOR} or token.domain.id:%(target.domain.id)s or token.project.domain.id:%(target.domain.id)s": "get_domain",
    f"{AUDITOR} or {_in_domain('reader', 'domain.id')}": "list_domains",
    f"{ADMIN} or {_CREDENTIAL_OWNER}": "create_credential update_credential delete_credential",
    f"{AUDITOR} or {_CREDENTIAL_OWNER}": "get_credential list_credentials",
    f"{AUDITOR} or (role:reader and {_OF_USER}) or user_id:%(target.user.id)s": "get_user",
    f"{ADMIN} or (role:manager and {_OF_USER})": "create_user update_user delete_user",
    "rule:admin_or_owner": "revoke_tokens_for_user",
    f"{AUDITOR} or {_in_domain('reader', 'group.domain_id')}": "get_group list_groups list_users_in_group",
    f"{ADMIN} or {_in_domain('manager', 'group.domain_id')}": "create_group update_group delete_group",
    f"{ADMIN} or {_in_domain('manager', 'group.domain_id', 'user.domain_id')}": """remove_user_from_group
        add_user_to_group""",
    f"{AUDITOR} or {_in_domain('reader', 'group.domain_id', 'user.domain_id')}": "check_user_in_group",
    f"{AUDITOR} or {_in_domain('reader', 'user.domain_id')} or user_id:%(user_id)s": "list_groups_for_user",
    f"{AUDITOR} or {_in_domain('reader', 'user.domain_id')} or user_id:%(target.user.id)s": "list_user_projects",
    f"({AUDITOR}) or (role:manager and rule:domain_managed_target_role)": "get_role",
    f"({AUDITOR}) or (role:manager and not domain_id:None)": "list_roles",
    f"{ADMIN} or {_granting('admin')} and {_ROLE_OF_DOMAIN}"
    f" or {_granting('manager')} and rule:domain_managed_target_role": "create_grant revoke_grant",
    f"{AUDITOR} or {_granting('reader')} and {_ROLE_OF_DOMAIN}": "check_grant",
    f"{AUDITOR} or {_granting('reader')}": "list_grants",
    f"{AUDITOR} or rule:token_subject": "check_token",
    f"{AUDITOR} or rule:service_role or rule:token_subject": "validate_token",
    f"{ADMIN} or rule:token_subject": "revoke_token",
    "rule:service_or_admin": "ec2tokens_validate s3tokens_validate",
    f"{AUDITOR} or domain_id:%(target.limit.domain.id)s or domain_id:%(target.limit.project.domain_id)s"
    " or (project_id:%(target.limit.project_id)s and not None:%(target.limit.project_id)s)": "get_limit",
}

_DEPLOYMENT = {
    ADMIN: """create_domain update_domain delete_domain
        create_domain_config update_domain_config delete_domain_config
        create_role update_role delete_role create_domain_role update_domain_role delete_domain_role
        create_implied_role delete_implied_role
        create_system_grant_for_user revoke_system_grant_for_user
        create_system_grant_for_group revoke_system_grant_for_group
        create_region update_region delete_region create_service update_service delete_service
        create_endpoint update_endpoint delete_endpoint
        create_endpoint_group update_endpoint_group delete_endpoint_group
        add_endpoint_group_to_project remove_endpoint_group_from_project
        add_endpoint_to_project remove_endpoint_from_project
        create_policy update_policy delete_policy create_consumer update_consumer delete_consumer
        create_identity_provider update_identity_provider delete_identity_provider
        create_mapping update_mapping delete_mapping create_protocol update_protocol delete_protocol
        create_service_provider update_service_provider delete_service_provider
        create_limits update_limit delete_limit
        create_policy_association_for_endpoint delete_policy_association_for_endpoint
        create_policy_association_for_service delete_policy_association_for_service
        create_policy_association_for_region_and_service delete_policy_association_for_region_and_service
        create_registered_limits update_registered_limit delete_registered_limit""",
    AUDITOR: """get_domain_config get_domain_config_default get_domain_role list_domain_roles
        get_implied_role list_implied_roles list_role_inference_rules check_implied_role
        list_system_grants_for_user check_system_grant_for_user
        list_system_grants_for_group check_system_grant_for_group
        get_service list_services get_endpoint list_endpoints get_endpoint_group list_endpoint_groups
        get_endpoint_group_in_project list_endpoint_groups_for_project
        list_projects_associated_with_endpoint_group list_endpoints_associated_with_endpoint_group
        list_projects_for_endpoint check_endpoint_in_project list_endpoints_for_project
        check_policy_association_for_endpoint check_policy_association_for_service
        check_policy_association_for_region_and_service get_policy_for_endpoint list_endpoints_for_policy
        get_policy list_policies get_consumer list_consumers list_trusts
        get_identity_provider list_identity_providers get_mapping list_mappings get_protocol list_protocols
        get_service_provider list_service_providers""",
    "rule:service_or_admin": "list_revoke_events revocation_list",
    f"{AUDITOR} or rule:owner": """get_application_credential list_application_credentials
        ec2_list_credentials""",
    "user_id:%(user_id)s": "create_application_credential",
    "rule:admin_or_owner": "delete_application_credential",
    f"({SYSTEM_READER}) or user_id:%(target.user.id)s": "get_access_rule list_access_rules",
    "(role:admin and system_scope:all) or user_id:%(target.user.id)s": "delete_access_rule",
    f"{AUDITOR} or {_CREDENTIAL_OWNER}": "ec2_get_credential",
    f"{ADMIN} or (role:member and {_CREDENTIAL_OWNER})": "ec2_create_credential ec2_delete_credential",
    _TRUSTOR: "create_trust",
    f"{ADMIN} or {_TRUSTOR}": "delete_trust",
    f"{AUDITOR} or {_TRUSTOR}": "list_trusts_for_trustor",
    f"{AUDITOR} or {_TRUSTEE}": "list_trusts_for_trustee",
    f"{AUDITOR} or {_TRUSTOR} or {_TRUSTEE}": "get_trust list_roles_for_trust get_role_for_trust",
}

_OF_PROJECT_ONLY = {
    ADMIN: """authorize_request_token get_access_token list_access_tokens delete_access_token
        get_access_token_role list_access_token_roles""",
}
"""Rules for tokens of a project, and of nothing else."""

RULES = (
    PERSONAS
    | {f"identity:{name}": check for check, names in _ANY_SCOPE.items() for name in names.split()}
    | {
        f"identity:{name}": f"({check}) and domain_id:None"
        for check, names in _DEPLOYMENT.items()
        for name in names.split()
    }
    | {
        f"identity:{name}": f"({check}) and domain_id:None and system_scope:None"
        for check, names in _OF_PROJECT_ONLY.items()
        for name in names.split()
    }
)
