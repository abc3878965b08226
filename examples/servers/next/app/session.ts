/**
 * Who has signed in, or nothing: in the place of your own sessions. Everybody is the same user
 * here, and sees all tasks.
 */
export async function userIdOf(_request: Request): Promise<string | undefined> {
  return 'anonymous'
}
