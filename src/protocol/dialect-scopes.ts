// Scopes of the older systems' own, as their documents name them: registered as data like any other.

/** Kustvakt's (KorAP). */
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

/** Comic Clan's, in the order in which its answers write them. */
export const comicClanScopes = ['feed', 'profile', 'post', 'comment']

/**
 * The scopes whose token may know who the user is at every face: those that say so themselves, and
 * those of systems whose every token does. Any other token is somebody's business and no name tag.
 */
export const identifyingScopes: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  ...comicClanScopes,
  ...kustvaktScopes,
])
