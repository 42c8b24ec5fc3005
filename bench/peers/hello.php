<?php
// The route / in PHP, for PHP-FPM.
$name = $_GET['name'] ?? 'World';
header('Content-Type: text/plain; charset=utf-8');
if (!is_string($name) || !preg_match('/^[\pL\pN]{1,256}$/uD', $name)) {
    http_response_code(400);
    echo "Invalid name\n";
    exit;
}
echo "Hello, $name!\n";
