package redisstore_test

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// server speaks as much of the protocol of Redis (RESP2) as these tests need, and shows what was asked.
type server struct {
	address string

	mu       sync.Mutex
	commands [][]string // without those that introduce a connection, in order
	values   map[string]string
	answer   func(command []string, usual string) string // what is written; "" breaks the connection off
}

const silence = "silence" // an answer that never comes

func startServer(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: listener.Addr().String(), values: make(map[string]string)}
	end := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				stop := make(chan struct{})
				group.Go(func() {
					select {
					case <-end:
					case <-stop:
					}
					_ = connection.Close()
				})
				s.serve(connection, end)
				close(stop)
			})
		}
	})
	t.Cleanup(func() {
		close(end)
		_ = listener.Close()
		group.Wait()
	})
	return s
}

func (s *server) serve(connection net.Conn, end <-chan struct{}) {
	reader := bufio.NewReader(connection)
	for {
		command, err := readCommand(reader)
		if err != nil {
			return
		}
		switch reply := s.execute(command); reply {
		case "":
			return
		case silence:
			<-end
			return
		default:
			_, _ = io.WriteString(connection, reply)
		}
	}
}

// readCommand reads an array of bulk strings.
func readCommand(reader *bufio.Reader) ([]string, error) {
	count, err := readNumber(reader)
	if err != nil {
		return nil, err
	}
	command := make([]string, count)
	for i := range command {
		length, err := readNumber(reader)
		if err != nil {
			return nil, err
		}
		text := make([]byte, length+2)
		if _, err := io.ReadFull(reader, text); err != nil {
			return nil, err
		}
		command[i] = string(text[:length])
	}
	return command, nil
}

func readNumber(reader *bufio.Reader) (int, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

func (s *server) execute(command []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var reply string
	switch strings.ToUpper(command[0]) {
	case "HELLO":
		return "-ERR unknown command\r\n" // as before Redis 6
	case "SET":
		reply = "$-1\r\n"
		_, there := s.values[command[1]]
		if when := command[len(command)-1]; when == "nx" && !there || when == "xx" && there || when != "nx" && when != "xx" {
			s.values[command[1]] = command[2]
			reply = "+OK\r\n"
		}
	case "DEL":
		delete(s.values, command[1])
		reply = ":1\r\n"
	case "ZRANGE":
		reply = "*0\r\n"
	case "ZREM":
		reply = ":1\r\n"
	case "EVALSHA":
		reply = "-NOSCRIPT No matching script. Please use EVAL.\r\n"
	case "EVAL":
		reply = ":0\r\n" // tests that need more say so
	case "GET":
		reply = "$-1\r\n"
		if value, there := s.values[command[1]]; there {
			reply = "$" + strconv.Itoa(len(value)) + "\r\n" + value + "\r\n"
		}
	default:
		return "+OK\r\n"
	}
	s.commands = append(s.commands, command)
	if s.answer != nil {
		reply = s.answer(command, reply)
	}
	return reply
}

// answers changes what the server answers from now on.
func (s *server) answers(answer func(command []string, usual string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// asked returns the commands since the last call.
func (s *server) asked() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	commands := s.commands
	s.commands = nil
	return commands
}

// aWhile is far more than anything here takes, and less than a client of go-redis waits by itself.
const aWhile = 2 * time.Second
