// Calls the Lambda with an event of each HTTP request, for your own machine.
import { serve } from 'srvx/node'
import { invokeLambdaHandler } from 'srvx/aws-lambda'
import { handler } from './lambda.js'

serve({
  fetch: (request) => invokeLambdaHandler(handler, request),
  hostname: '127.0.0.1',
  port: Number(process.env.PORT ?? 3000),
})
