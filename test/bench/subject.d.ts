// The worker that `metered.ts` is bundled with, whichever it is.
declare module 'subject' {
  const subject: {
    fetch(request: Request, env: object, context: ExecutionContext): Promise<Response>
  }
  export default subject
}
