export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from './clients.ts'
export { redisStore, type RedisStoreOptions } from './store.ts'
