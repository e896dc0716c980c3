/** The name of the dialect, which is also the origin of the clients that its users register. */
export const dialectName = 'korap'
