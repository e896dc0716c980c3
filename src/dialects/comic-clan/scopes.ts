/** Comic Clan's scopes, in the order of its responses. */
export const comicClanScopes = ['feed', 'profile', 'post', 'comment']
