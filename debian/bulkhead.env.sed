# Makes the package's settings of .env.example: where they are, and who takes them over.
1,2c\
# Settings of Bulkhead, each with its default. Take the # off the lines that you change, and run:\
# systemctl restart bulkhead.target. No default is in force twice: what a program has no line for\
# here, it knows by itself.
s|\./bulkhead reload|systemctl reload bulkhead-edge|
s|\./bulkhead |bulkhead |g
/^# --- in containers:/,$d
