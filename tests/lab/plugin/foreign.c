/* A shared object whose redoubt_plugin is somebody else's: a function. */
int redoubt_plugin(void);
__attribute__((visibility("default"))) int redoubt_plugin(void) {
  return 1;
}
