/* A part that wants a function nobody has: RTLD_NOW finds out at once. */
extern int nobody_has_this(void);
__attribute__((visibility("default"))) int (*redoubt_plugin)(void) = nobody_has_this;
