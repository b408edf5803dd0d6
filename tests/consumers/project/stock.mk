CFLAGS = -g
LDLIBS = -lcriterion

stock: stock_queue.o queue.o
	$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)
