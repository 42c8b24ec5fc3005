// The route / by Go's net/http, on the Unix socket that its argument names.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"unicode"
	"unicode/utf8"
)

func isAlphanumeric(name string) bool {
	for _, each := range name {
		if !unicode.IsLetter(each) && !unicode.IsNumber(each) {
			return false
		}
	}
	return name != "" && utf8.RuneCountInString(name) <= 256
}

func greet(answer http.ResponseWriter, request *http.Request) {
	name := request.URL.Query().Get("name")
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if !isAlphanumeric(name) {
		answer.WriteHeader(http.StatusBadRequest)
		fmt.Fprintln(answer, "Invalid name")
		return
	}
	fmt.Fprintf(answer, "Hello, %s!\n", name)
}

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chmod(os.Args[1], 0666); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", greet)
	log.Fatal(http.Serve(listener, nil))
}
