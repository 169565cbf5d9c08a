import Fastify from 'fastify';

// The limit: what Fastify itself takes for reading and writing the same bytes. Run as a process of its own.
const app = Fastify({ bodyLimit: 32 * 1024 * 1024 });
app.post('/echo', (request, reply) => {
  reply.send(request.body);
});
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
process.on('disconnect', () => process.exit(0));
