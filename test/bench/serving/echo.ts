import Fastify from 'fastify';

// The limit: what Fastify itself takes for reading and writing the same bytes. Run as a process of its own.
const app = Fastify({ bodyLimit: 32 * 1024 * 1024 });
app.get('/ready', (_request, reply) => {
  reply.send('ready');
});
app.post('/echo', (request, reply) => {
  reply.send(request.body);
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.on('SIGTERM', () => process.exit(0));
