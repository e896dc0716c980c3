/** Comic Clan's scopes, in the order in which its answers write them. */
export const comicClanScopes = ['feed', 'profile', 'post', 'comment']
