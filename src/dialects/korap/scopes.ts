/** Kustvakt's scopes as its documents name them. They are registered like any other scopes. */
export const kustvaktScopes = [
  'all',
  'admin',
  'authorize',
  'list_user_client',
  'install_user_client',
  'uninstall_user_client',
  'client_info',
  'register_client',
  'deregister_client',
  'reset_client_secret',
  'search',
  'serialize_query',
  'match_info',
  'user_info',
  'user_group_info',
  'create_user_group',
  'delete_user_group',
  'delete_user_group_member',
  'add_user_group_member',
  'add_user_group_member_role',
  'delete_user_group_member_role',
  'create_vc',
  'vc_info',
  'delete_vc',
  'share_vc',
  'delete_vc_access',
  'vc_access_info',
  'create_default_setting',
  'read_default_setting',
  'delete_default_setting',
]

/** The scopes that only super clients can be registered for. */
export const superScopes = ['all', 'admin', 'authorize']

/** The scopes that clients of users are registered for. Each of their users allows a part of them. */
export const thirdPartyScopes = kustvaktScopes.filter((name) => !superScopes.includes(name))
